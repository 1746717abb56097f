const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** `text` as it may stand in HTML, in elements and in attributes. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);

/** The pages that the server writes itself share one look; the style stands in a file of its own, as the policy demands. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

export const STYLE = `:root { color-scheme: light dark; --ink: light-dark(#26221c, #ece7df); --soft: light-dark(#6b6358, #a89f92);
  --ground: light-dark(#faf7f2, #191714); --line: light-dark(#e2dacd, #3a352e); --accent: light-dark(#8a4b1f, #e0a070); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 2rem 1.25rem 6rem; }
h1 { font-size: 2rem; line-height: 1.2; } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
h3 { margin-top: 2rem; } a { color: var(--accent); } code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } .method { display: inline-block; min-width: 4.2rem; color: var(--accent); font-weight: 700; }
.soft { color: var(--soft); } nav a { margin-right: 1rem; white-space: nowrap; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;
