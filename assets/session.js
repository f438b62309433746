// An open tab asks whether it still has its session: when it is looked at again, and each minute.
// Without one it goes to the login page, so that no data stays on an abandoned screen.
(() => {
  const ask = async () => {
    try {
      const answer = await fetch("/session", { cache: "no-store", redirect: "manual" });
      if (answer.status === 401) {
        const here = location.pathname + location.search;
        location.replace("/login?next=" + encodeURIComponent(here));
      }
    } catch {
      // The server does not answer; Streamlit says so itself.
    }
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) ask();
  });
  setInterval(ask, 60_000);
})();
