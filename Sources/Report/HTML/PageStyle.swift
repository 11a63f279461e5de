/// How a page looks: on light and dark grounds, wide and narrow, on paper, and with forced colours. Without it the page
/// is plain, and whole.
enum PageStyle {
  static let sheet: StaticString = #"""
    :root{color-scheme:light dark;--bg:#fcfcfb;--ink:#1b1f24;--soft:#57606c;--hair:#e3e6ea;--track:#eceef1;
    --good:#0b62b8;--bad:#b4400a;--base:#8993a1;--line:#3d4a5a;--none:#6b7480;--plan:#47536b;--c1:#0b4f94;
    --c2:#2a74ba;--c3:#5596d2;--c4:#c07f1b}
    @media (prefers-color-scheme:dark){:root{--bg:#101419;--ink:#e9ecef;--soft:#a0aab6;--hair:#272d35;
    --track:#222830;--good:#6fb3f7;--bad:#ff9b5e;--base:#6d7a8a;--line:#9fb0c3;--none:#8d97a4;--plan:#9fb0cc;
    --c1:#8cc1f7;--c2:#5a9be0;--c3:#3f78b5;--c4:#d99a45}
    }
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0 auto;max-width:1080px;padding:28px 32px 40px;background:var(--bg);color:var(--ink);
    font:15px/1.5 Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",
    "Liberation Sans",Arial,sans-serif;font-feature-settings:"tnum","cv11";font-variant-numeric:tabular-nums}
    .vh,.skip:not(:focus){position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);
    white-space:nowrap}
    header{display:flex;justify-content:space-between;gap:16px;align-items:baseline;padding-bottom:14px;
    border-bottom:1px solid var(--hair)}
    header p{margin:0}
    .brand{font-weight:650;letter-spacing:-.01em}.brand span,.when span{color:var(--soft);font-weight:400}
    .when{text-align:right}
    h1{font-size:34px;line-height:1.15;letter-spacing:-.022em;font-weight:650;margin:34px 0 26px;text-wrap:balance;
    display:flex;gap:16px}
    h1 span{max-width:23em}.lead-sign{width:30px;height:30px;margin-top:5px}.good .lead-sign{color:var(--good)}
    .bad .lead-sign{color:var(--bad)}.none .lead-sign{color:var(--none)}
    h2{font-size:20px;line-height:1.25;letter-spacing:-.012em;font-weight:650;margin:0 0 4px}
    h3{font-size:15px;margin:22px 0 6px}
    section{margin:0 0 52px}
    .lead{margin:0 0 18px;color:var(--soft);max-width:82ch;text-wrap:pretty}
    .kpi{display:grid;grid-template-columns:repeat(4,1fr);gap:0;margin:0 0 26px;border-top:1px solid var(--hair);
    border-bottom:1px solid var(--hair)}
    .kpi div{min-width:0;padding:14px 18px 15px;border-left:1px solid var(--hair)}
    .kpi div:first-child{padding-left:0;border-left:0}
    .kpi dt{color:var(--soft);font-size:13px}
    .kpi dd{margin:0;overflow-wrap:anywhere}.lead+.kpi{margin-top:0}
    .kpi b{display:block;font-size:27px;line-height:34px;letter-spacing:-.02em;font-weight:600}
    .kpi .long{font-size:21px}
    .kpi dd>span{display:block;font-size:13px;line-height:1.4;color:var(--soft)}
    .kpi b .sign{width:15px;height:15px;margin-right:2px;vertical-align:1px}
    .kpi .good b{color:var(--good)}.kpi .bad b{color:var(--bad)}
    .notes{list-style:none;margin:0;padding:0;max-width:92ch}
    .notes li{display:grid;grid-template-columns:22px 1fr;padding:4px 0}
    .sign{display:inline-block;flex:none;overflow:visible}.cur{fill:currentColor}.notes .sign{margin-top:6px}
    .bad>.sign{color:var(--bad)}.good>.sign{color:var(--good)}.none>.sign{color:var(--none)}
    .n{font-weight:550;overflow-wrap:anywhere}.k,.nw{white-space:nowrap}
    p,li{text-wrap:pretty}h1,p,li,figcaption,.v{overflow-wrap:anywhere}.p{color:var(--soft);font-weight:400}
    .figures tbody .num,.models tbody .big{white-space:normal}.models tbody .big{min-width:calc(5.6em + 20px)}
    h2+.models{margin-top:14px}@media screen{.figures .n{overflow-wrap:break-word}}
    .figures{font-size:13px}.figures th,.figures td{padding-left:6px;padding-right:6px}
    .figures tfoot td,.figures tfoot th{font-weight:600;border-bottom:0}a{color:var(--good)}
    table{border-collapse:collapse;width:100%}
    th,td{padding:9px 10px;text-align:left;vertical-align:middle;border-bottom:1px solid var(--hair);font-weight:400}
    th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
    thead th{font-size:12.5px;color:var(--soft);vertical-align:bottom;padding-top:0;padding-bottom:7px;
    white-space:nowrap}
    .num{text-align:right;white-space:nowrap}
    .models tbody td{padding-top:0;padding-bottom:0;height:58px}
    .models tbody th{padding-top:8px;padding-bottom:8px;width:24%}.scroll tbody th{max-width:330px}
    .models .chart{width:30%;padding-left:14px;padding-right:14px}.models .chart2{width:20%}
    .models tbody .chart{height:58px}
    .ax,.ratio,.bars,.trend,.gauge,.cov,.spark{display:block;overflow:visible}
    .big{font-size:17px;font-weight:600}
    .two b{display:block;font-weight:600;line-height:1.3}
    .two span{display:block;color:var(--soft);line-height:1.3;font-size:13.5px}
    .sm{font-size:13.5px}.sm span{color:var(--soft)}
    .v{display:block;font-size:13px;line-height:1.35;color:var(--soft)}.v.good{color:var(--good)}
    .v.bad{color:var(--bad)}.v .n{font-weight:400}
    .v .sign{margin-right:2px;width:9px;height:9px}
    .key svg{border-radius:2px;margin-bottom:1px}.key svg+svg{margin-left:8px}
    .tick,.ink{font-variant-numeric:tabular-nums}.tick{fill:var(--soft)}.tick.one{fill:var(--ink);font-weight:650}
    .ink{fill:var(--ink)}
    .grid{stroke:var(--hair)}.one{stroke:var(--ink)}text.one{stroke:none}
    .f-good{fill:var(--good)}.f-bad{fill:var(--bad)}.f-flat{fill:var(--none)}.f-plan{fill:var(--plan)}
    .f-none{fill:var(--none)}.f-base{fill:var(--base)}.f-track{fill:var(--track)}
    .s-good{stroke:var(--good)}.s-bad{stroke:var(--bad)}.s-flat,.s-plan,.s-none{stroke:var(--none)}
    .s-line{stroke:var(--line)}
    .dash{stroke:var(--none)}.zone{fill:var(--bad);fill-opacity:.07}
    .ring,.dot{stroke:var(--bg);stroke-width:2}
    .dot.few{fill:var(--bg);stroke-width:2}.dot.few.f-good{stroke:var(--good)}.dot.few.f-bad{stroke:var(--bad)}
    .more{color:var(--soft);margin:12px 0 0}
    .trends{display:grid;grid-template-columns:repeat(auto-fit,minmax(290px,1fr));gap:26px 40px}
    .trends figure{max-width:520px}
    .plot td{padding:0;border:0;vertical-align:top}figure{margin:0}figcaption{font-size:14px;margin-bottom:4px}
    .fee{max-width:760px;margin-bottom:26px}.fee .why{margin-top:6px}
    .fee figcaption{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin-bottom:10px}
    .fee .v{display:inline}.fee .sub{color:var(--soft);flex-basis:100%;font-size:13.5px}
    .fee .sub .n{font-weight:400}
    .note{margin:12px 0 4px;color:var(--soft);font-size:13.5px;max-width:82ch}
    .f-c1{fill:var(--c1)}.f-c2{fill:var(--c2)}.f-c3{fill:var(--c3)}.f-c4{fill:var(--c4)}.f-c5{fill:url(#hatch)}
    .seg{stroke:var(--bg);stroke-width:1}.seg.f-c5{stroke:var(--none)}
    .cov{border-radius:3px}
    .legend{list-style:none;margin:12px 0 22px;padding:0;display:flex;flex-wrap:wrap;gap:4px 26px;font-size:13.5px}
    .legend li{display:flex;gap:7px;align-items:center}.legend b{font-weight:600}
    .plain{font-size:14px}.plain th,.plain td{padding-top:7px;padding-bottom:7px}.plain .wide{width:32%}
    .why{margin:0;padding-left:18px;color:var(--soft);max-width:86ch;font-size:14px}.why .n{color:var(--ink)}
    .why li{margin:3px 0}
    .scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid var(--good);outline-offset:4px}
    footer{border-top:1px solid var(--hair);padding-top:16px;color:var(--soft);font-size:13px}
    footer p{margin:0 0 6px;max-width:84ch}
    code{font:.94em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
    @media (max-width:720px){
    body{padding:18px 16px 28px;font-size:15px}
    h1{font-size:24px;margin:24px 0 18px;gap:12px}.lead-sign{width:22px;height:22px;margin-top:4px}
    section{margin-bottom:40px}
    .kpi{grid-template-columns:1fr 1fr}.kpi div{padding:11px 12px}
    .kpi div:nth-child(odd){padding-left:0;border-left:0}.kpi div:nth-child(n+3){border-top:1px solid var(--hair)}
    .kpi b{font-size:23px;line-height:30px}
    .models thead th:not(.chart){display:none}
    .models thead .chart{display:block;width:100%;padding:0 0 4px;border:0}
    .models,.models tbody,.models thead,.models thead tr{display:block}
    .models tbody tr{display:grid;grid-template-columns:1fr auto;gap:0 12px;border-bottom:1px solid var(--hair);
    padding:10px 0 12px}
    .models tbody th,.models tbody td{display:block;border:0;padding:0;height:auto;width:auto}
    .models tbody th{grid-column:1;min-width:0}.models tbody .big{grid-column:2;grid-row:1;align-self:start;min-width:0}
    .models tbody .chart{grid-column:1/-1;width:100%;height:auto;padding:2px 0 4px}
    .models tbody .chart2{grid-column:1;width:auto;align-self:center}.models tbody .two{grid-column:2}
    .models tbody .sm{display:none}
    .plain .wide{display:none}.plain{font-size:13px}.plain th,.plain td{padding-left:5px;padding-right:5px}
    .plain th:first-child{padding-left:0}.plain .k{white-space:normal}.plain thead th{white-space:normal}
    .scroll tbody th{min-width:130px}.models .k{white-space:normal}
    .trends{grid-template-columns:1fr}
    }
    @media (max-width:960px){.mi{display:none}}
    @media screen and (min-width:721px) and (max-width:960px){.models .chart2{display:none}.ax,.ratio{min-width:150px}}
    @media (max-width:359px){
    .kpi{grid-template-columns:1fr}.kpi div{padding-left:0;border-left:0}
    .kpi div+div{border-top:1px solid var(--hair)}
    }
    @media print{
    @page{size:A4;margin:10mm 12mm}
    :root{color-scheme:light;--bg:#fff;--ink:#000;--soft:#444;--hair:#d5d8dc;--track:#eceef1;--good:#0b62b8;
    --bad:#b4400a;--base:#8993a1;--line:#3d4a5a;--none:#6b7480;--plan:#47536b;--c1:#0b4f94;--c2:#2a74ba;
    --c3:#5596d2;--c4:#c07f1b}
    body{max-width:none;padding:0;font-size:8.6pt;line-height:1.35;-webkit-print-color-adjust:exact;
    print-color-adjust:exact}
    header{padding-bottom:5pt}
    h1{font-size:16pt;margin:8pt 0 6pt;gap:10px}h1 span{max-width:none}.lead-sign{width:20px;height:20px;margin-top:3px}
    h2{font-size:11.5pt}h3{margin:7pt 0 3pt;font-size:9pt}
    section{margin-bottom:8pt}.lead,.note,.why,footer p{max-width:none;margin-bottom:4pt}
    .kpi{margin-bottom:7pt}.kpi div{padding:5pt 8pt}.kpi b{font-size:13pt;line-height:1.25}.kpi .long{font-size:11pt}
    thead th{font-size:7.5pt}figcaption{font-size:9pt}
    .kpi dt,.kpi dd>span,.v,.sm,.note,.why,.legend,.two span{font-size:7.8pt;line-height:1.3}
    .notes{max-width:none}.notes li{padding:1.5pt 0}.notes .sign{margin-top:3px}
    .big{font-size:10.5pt}.models .chart{width:34%}.models .chart2{width:17%}
    .models tbody td,.models tbody .chart{height:36px}.models tbody th{padding-top:3px;padding-bottom:3px}
    .plain{font-size:8pt}.plain th,.plain td{padding-top:3pt;padding-bottom:3pt}footer{font-size:7.5pt;padding-top:5pt}
    .legend{margin:5pt 0 7pt;gap:2px 16px}.fee{max-width:none;display:block;margin-bottom:8pt}
    .fee figcaption{margin-bottom:3px}.why{columns:2;column-gap:8mm}.why li{margin:1px 0}
    figure,tr,.kpi,.notes li,.lead,.why li{break-inside:avoid}h2,h3,.lead{break-after:avoid}
    thead{display:table-header-group}tfoot{display:table-row-group}
    .scroll{overflow:visible}.scroll table{font-size:7.4pt}.scroll th,.scroll td{padding:2.5px 4px}
    .scroll thead th{font-size:7pt}.trends{grid-template-columns:1fr 1fr;gap:6pt 20pt}
    .skip,.mi{display:none}
    }
    @media (forced-colors:active){.f-good,.f-bad,.f-base,.f-c1,.f-c2,.f-c3,.f-c4,.f-c5{forced-color-adjust:none}}
    """#
}
