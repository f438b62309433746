"""The students as the gateway last reported them. Personal columns stay masked."""

from pages._parts.people_page import show_people
from pages._session import current_actor

show_people(current_actor(), "students")
