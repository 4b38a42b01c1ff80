// The choice of light or dark, before anything is drawn. A plain script, so that the page never flashes.
{
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
