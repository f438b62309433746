"""What operators need around the runs: the doctor, the list of campuses."""
