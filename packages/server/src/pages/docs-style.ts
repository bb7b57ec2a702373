/** The style sheet of `/docs`; light and dark as the reader's system has it. */
export const DOCS_STYLE = `
:root{color-scheme:light dark;--ink:#16202b;--soft:#5b6877;--line:#dfe5ec;--paper:#fff;--tint:#f5f7fa;--accent:#0b6e6e;--get:#0b6e6e;--post:#9a5b00;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#93a1b1;--line:#2a3542;--paper:#10161d;--tint:#171f28;--accent:#5cc8c2;--get:#5cc8c2;--post:#e3a857;--bad:#ff8a80}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--paper)}
header{display:flex;gap:2rem;justify-content:space-between;align-items:flex-end;flex-wrap:wrap;padding:2.2rem 2.5rem 1.6rem;border-bottom:1px solid var(--line);background:var(--tint)}
h1{margin:0;font-size:1.7rem;letter-spacing:-.02em}
h1 small{font-size:.85rem;font-weight:500;color:var(--soft);letter-spacing:0}
header p{margin:.35rem 0 0;color:var(--soft);max-width:44rem}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
.links a{margin-left:1.2rem;font-weight:600}
.columns{display:grid;grid-template-columns:12rem minmax(0,1fr);max-width:76rem;margin:0 auto;padding:0 2.5rem}
nav{position:sticky;top:0;align-self:start;padding:2rem 0;display:flex;flex-direction:column;gap:.45rem}
nav a{color:var(--soft)}
main{padding:1rem 0 4rem 2rem;min-width:0}
h2{margin:2rem 0 0;font-size:1.15rem;text-transform:capitalize}
h3{margin:1.1rem 0 .4rem;font-size:.78rem;text-transform:uppercase;letter-spacing:.06em;color:var(--soft)}
.lead{margin:.1rem 0 .9rem;color:var(--soft)}
details{border:1px solid var(--line);border-radius:9px;margin:.5rem 0;background:var(--paper);overflow:hidden}
summary{display:flex;gap:.8rem;align-items:baseline;padding:.6rem .9rem;cursor:pointer;list-style:none;flex-wrap:wrap}
summary::-webkit-details-marker{display:none}
summary:hover,details[open]>summary{background:var(--tint)}
summary:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
summary span{color:var(--soft);margin-left:auto;text-align:right}
summary b{font:700 .72rem/1 ui-monospace,SFMono-Regular,Menlo,monospace;width:3rem}
.get{color:var(--get)}.post{color:var(--post)}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code i{font-style:normal;color:var(--accent)}
.body{padding:.3rem 1rem 1rem;border-top:1px solid var(--line)}
table{border-collapse:collapse;width:100%}
td{padding:.4rem .8rem .4rem 0;border-top:1px solid var(--line);vertical-align:top}
tr:first-child td{border-top:0}
td:last-child{color:var(--soft)}
.s2{color:var(--get);font-weight:700}.s4,.s5{color:var(--bad);font-weight:700}
pre{margin:0;padding:1rem;overflow:auto;background:var(--tint);border-top:1px solid var(--line)}
.schema summary{font-weight:600}
@media(max-width:52rem){.columns{grid-template-columns:1fr;padding:0 1rem}nav{position:static;flex-flow:row wrap;padding:1rem 0 0}main{padding-left:0}header{padding:1.4rem 1rem}summary span{margin-left:0;width:100%;text-align:left}}
`;
