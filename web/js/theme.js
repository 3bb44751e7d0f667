// Dark or light, before the first paint: what was chosen here, else what the
// system says. A change is told as the event "theme" on the document.
(() => {
  const key = 'labbroker-theme';
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = null;
  try { chosen = localStorage.getItem(key); } catch { /* private window: not remembered */ }

  const now = () => chosen || (system.matches ? 'dark' : 'light');
  const apply = () => {
    if (document.documentElement.dataset.theme === now()) return;
    document.documentElement.dataset.theme = now();
    document.dispatchEvent(new Event('theme'));
  };
  apply();
  system.addEventListener('change', apply);
  addEventListener('storage', (e) => {
    if (e.key === key) { chosen = e.newValue; apply(); }
  });
  document.addEventListener('click', (e) => {
    if (!e.target.closest?.('#theme')) return;
    const next = now() === 'dark' ? 'light' : 'dark';
    // Back at the system's own theme the page follows the system again.
    chosen = next === (system.matches ? 'dark' : 'light') ? null : next;
    try {
      if (chosen) localStorage.setItem(key, chosen); else localStorage.removeItem(key);
    } catch { /* holds for this page only */ }
    apply();
  });
})();
