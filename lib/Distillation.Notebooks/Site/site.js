// What the pages of the site do by themselves; everything on them can be read without it, formulas as LaTeX and charts as pictures.
(function () {
  'use strict';
  const root = document.documentElement;

  // Light or dark: the reader's system says, until the reader does.
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.scheme || (system.matches ? 'dark' : 'light')) === 'dark';
  const button = document.querySelector('button.scheme');
  const label = () => { button.textContent = isDark() ? 'Light' : 'Dark'; button.setAttribute('aria-label', 'Use ' + (isDark() ? 'light' : 'dark') + ' colours'); };
  button.addEventListener('click', () => {
    root.dataset.scheme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem('scheme', root.dataset.scheme); } catch { /* a browser that remembers nothing */ }
    label();
    window.dispatchEvent(new Event('schemechange'));
  });
  system.addEventListener('change', label);
  button.hidden = false;
  label();

  // Formulas: those of the text, and those in what cells showed.
  if (window.katex) {
    document.querySelectorAll('.math').forEach(place => {
      katex.render(place.textContent, place, { displayMode: place.classList.contains('display'), throwOnError: false });
    });
    document.querySelectorAll('.output .html').forEach(place => {
      renderMathInElement(place, { delimiters: [{ left: '$$', right: '$$', display: true }], throwOnError: false });
    });
  }

  // The contents stand open where there is room beside the text, and show where the reader is.
  const contents = document.querySelector('.contents details');
  if (contents) {
    const wide = window.matchMedia('(min-width: 72rem)');
    const fold = () => { contents.open = wide.matches; };
    wide.addEventListener('change', fold);
    fold();
    contents.addEventListener('click', event => { if (event.target.closest('a') && !wide.matches) { contents.open = false; } });
    const entries = new Map([...contents.querySelectorAll('a')].map(link => [decodeURIComponent(link.hash.slice(1)), link]));
    const headings = [...entries.keys()].map(id => document.getElementById(id)).filter(heading => heading);
    const mark = () => {
      const here = headings.filter(heading => heading.getBoundingClientRect().top < window.innerHeight / 3).pop();
      entries.forEach((link, id) => { if (here && id === here.id) { link.setAttribute('aria-current', 'true'); } else { link.removeAttribute('aria-current'); } });
    };
    let waiting = false;
    window.addEventListener('scroll', () => {
      if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; mark(); }); }
    }, { passive: true });
    mark();
  }

  // What scrolls sideways can be scrolled with the keyboard too.
  const reach = () => document.querySelectorAll('pre, .scroll, .math.display').forEach(frame => {
    if (frame.scrollWidth > frame.clientWidth) { frame.tabIndex = 0; } else { frame.removeAttribute('tabindex'); }
  });
  window.addEventListener('load', reach);
  window.addEventListener('resize', reach);
})();
