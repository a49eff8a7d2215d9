/** Everything that public pages are drawn with; its hash is what their policy allows. */
export const STYLE = `
:root{--green:#0b6e4f;--dark:#06392b;--yellow:#ffc93c;--paper:#f6f4ec;--ink:#1d2420;--soft:#5c665f;--line:#e4e1d6;--bad:#9c2f1c}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,-apple-system,Roboto,"Noto Sans",sans-serif}
header{background:var(--green);color:#fff;padding:1rem 1.1rem 3.4rem}
header>*,main{max-width:27rem;margin-inline:auto}
.bar{display:flex;align-items:center;justify-content:space-between}
.brand{display:flex;align-items:center;gap:.5rem;font-weight:800;font-size:1.2rem}
.brand svg{width:1.15rem;height:1.9rem}
.bar a{color:#fff;border:1px solid #ffffff80;border-radius:2rem;padding:.3rem .8rem;text-decoration:none;font-size:.9rem}
h1{font-size:1.65rem;line-height:1.2;margin:.9rem auto .2rem;overflow-wrap:anywhere}
header p{margin:0 auto;color:#d5e8df}
main{padding:0 1rem 2.5rem}
.card{background:#fff;border-radius:1rem;padding:1rem 1.1rem;margin:.8rem 0;box-shadow:0 1px 3px #06392b1f}
.now{margin-top:-2.4rem}
.state{display:flex;align-items:center;gap:.5rem;font-weight:700;margin:0}
.state::before{content:"";flex:none;width:.75rem;height:.75rem;border-radius:50%;background:var(--bad)}
.state.ready::before{background:#18a06f}
.state.no_banks::before,.state.closed::before{background:var(--yellow)}
.counts{display:grid;grid-template-columns:1fr 1fr;gap:.7rem;margin:.8rem 0 .5rem}
.counts div{background:var(--paper);border-radius:.8rem;padding:.6rem .8rem}
.counts b{display:block;font-size:2.2rem;line-height:1.1;color:var(--green);font-variant-numeric:tabular-nums}
.counts .none b{color:var(--soft)}
.counts span,small,.hint{color:var(--soft);font-size:.88rem}
.hint{margin:.3rem 0 0}
h2{font-size:1.05rem;margin:0 0 .6rem;color:var(--dark)}
.go{display:block;background:var(--yellow);color:var(--dark);font-weight:800;font-size:1.1rem;text-align:center;text-decoration:none;border-radius:.8rem;padding:.85rem;margin:0 0 .8rem}
ol,ul{list-style:none;margin:0;padding:0}
.ways li{padding:.55rem 0;border-top:1px solid var(--line)}
.ways li:first-child{border:0;padding-top:0}
.ways a{color:var(--green);font-weight:700;white-space:nowrap}
.number{display:flex;align-items:baseline;justify-content:space-between;background:var(--yellow);color:var(--dark);border-radius:.8rem;padding:.5rem .9rem;margin:.8rem 0 0;font-weight:700}
.number b{font-size:1.9rem;letter-spacing:.06em}
dl{display:grid;grid-template-columns:1fr auto;gap:0;margin:0}
dt,dd{margin:0;padding:.42rem 0;border-top:1px solid var(--line)}
dt:first-of-type,dd:first-of-type{border:0}
dd{padding-left:1rem;text-align:right;font-weight:700;white-space:nowrap;font-variant-numeric:tabular-nums}
.hours{grid-template-columns:auto 1fr}
.hours dt{white-space:nowrap}
dd.times{white-space:normal;font-weight:600}
.near a{display:flex;justify-content:space-between;gap:1rem;padding:.55rem 0;border-top:1px solid var(--line);color:var(--ink);text-decoration:none}
.near li:first-child a{border:0}
.near b{color:var(--green)}
.prose li{padding:.4rem 0;border-top:1px solid var(--line)}
.prose li:first-child{border:0;padding-top:0}
dl.wide dt{overflow-wrap:anywhere}
footer a{color:inherit}
footer{text-align:center;color:var(--soft);font-size:.85rem;padding-top:.4rem}
`;
