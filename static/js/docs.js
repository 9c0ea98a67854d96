// Swagger UI has a dark theme, behind a class: here it goes by what was chosen on the dashboard, or
// else by the visitor's system. Loaded before the page's body, so that nothing flashes white.
{
  const { chosen } = document.currentScript.dataset;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const isDark = chosen === "dark" || (chosen !== "light" && system.matches);
    document.documentElement.classList.toggle("dark-mode", isDark);
  };
  system.addEventListener("change", apply);
  apply();
}
