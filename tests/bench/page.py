"""The results as one HTML page that loads nothing from anywhere: the plots are
SVG written here."""

import html

from figures import fact_words, relation_words, words

WIDTH, LEFT, RIGHT, BAR, GAP = 800, 210, 150, 18, 10
COLOURS = {"warifu": "#0b6e4f", "before": "#7fb7a3", "nginx": "#5b6c8f",
           "haproxy": "#8a6d9c", "floor": "#b0b0b0"}
OTHER = "#c08a3e"
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:820px;margin:2em auto;
padding:0 1em;color:#1c1e21;background:#fff}
h1{font-size:1.5em;margin-bottom:.2em}h2{font-size:1.1em;margin:2em 0 .2em}
table{border-collapse:collapse;width:100%;font-size:14px}
td,th{text-align:left;padding:.25em .6em .25em 0;border-bottom:1px solid #ddd;
vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}
.reached{color:#0b6e4f;font-weight:600}.missed{color:#b00020;font-weight:600}
.unknown{color:#777}p.note{color:#555;margin:.2em 0;font-size:13px}
svg{display:block;width:100%;height:auto;margin:.4em 0}
svg text{font:12px system-ui,sans-serif;fill:#1c1e21}
@media (prefers-color-scheme:dark){body{background:#16181b;color:#e4e6e9}
td,th{border-color:#33373c}svg text{fill:#e4e6e9}p.note{color:#a5a9ae}
.reached{color:#4fc39a}.missed{color:#ff6b7f}}
"""


def escaped(value):
    return html.escape(str(value))


def verdict_class(verdict):
    return {"reached": "reached", "NOT reached": "missed"}.get(verdict,
                                                               "unknown")


def bar(name, series, y, scale):
    """One series: the median as a bar, each round as a dot."""
    median = series["median"]
    colour = COLOURS.get(name, OTHER)
    end = LEFT + median * scale
    parts = [f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">'
             f'{escaped(name)}</text>',
             f'<rect x="{LEFT}" y="{y}" width="{max(1, median * scale):.1f}" '
             f'height="{BAR}" fill="{colour}" rx="2"/>']
    for value in series["values"] if len(series["values"]) > 1 else ():
        parts.append(f'<circle cx="{LEFT + value * scale:.1f}" '
                     f'cy="{y + BAR / 2}" r="2.4" fill="#fff" '
                     f'stroke="#111" stroke-width="0.8"/>')
    widest = max(end, LEFT + (series["max"] or 0) * scale)
    text = words(median)
    if len(series["values"]) > 1:
        text += f" ({words(series['min'])}–{words(series['max'])})"
    parts.append(f'<text x="{widest + 8:.1f}" y="{y + 13}">{escaped(text)}'
                 '</text>')
    return "".join(parts)


def limit_of(row):
    """(place, words) of the target's line, where it lies on the row's scale."""
    anchor = row["series"].get("nginx")
    for target in row["targets"]:
        text = (f"target {relation_words(target['relation'])} "
                f"{words(target['limit'])}")
        if "nginx" in target["words"]:
            if anchor and anchor["median"]:
                return anchor["median"] * target["limit"], text + " × nginx"
        elif target["words"].startswith(row["unit"].split(" ")[0]):
            return target["limit"], text
    return None, ""


def plot(row):
    series = {name: one for name, one in row["series"].items()
              if one["median"] is not None}
    if not series:
        return ""
    place, text = limit_of(row)
    top = max([one["max"] for one in series.values()] + [place or 0])
    if top <= 0:
        return ""
    scale = (WIDTH - LEFT - RIGHT) / top
    head = 18 if place is not None else 0
    height = head + len(series) * (BAR + GAP)
    parts = []
    for number, (name, one) in enumerate(series.items()):
        parts.append(bar(name, one, head + number * (BAR + GAP), scale))
    if place is not None:
        x = LEFT + place * scale
        anchor = "end" if x > WIDTH / 2 else "start"
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{head - 2}" y2="{height}" '
            'stroke="#b00020" stroke-dasharray="4 3"/>'
            f'<text x="{x:.1f}" y="12" text-anchor="{anchor}">{escaped(text)}'
            '</text>')
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{escaped(row["title"])}">{"".join(parts)}</svg>')


def targets(row):
    return "".join(
        f'<p>{words(target["figure"])} {escaped(target["words"])}; target '
        f'{relation_words(target["relation"])} {words(target["limit"])}: '
        f'<span class="{verdict_class(target["verdict"])}">'
        f'{escaped(target["verdict"])}</span></p>' for target in row["targets"])


def section(row):
    if row["left_out"]:
        body = f'<p class="unknown">Left out: {escaped(row["left_out"])}</p>'
    else:
        body = plot(row) + targets(row)
    facts = [f"{key.replace('_', ' ')}: {fact_words(value)}"
             for key, value in row["facts"].items()]
    notes = "".join(f'<p class="note">{escaped(note)}</p>'
                    for note in row["notes"] + facts)
    return (f'<section id="{escaped(row["name"])}"><h2>{escaped(row["title"])}'
            f'</h2><p class="note">{escaped(row["name"])}, '
            f'{escaped(row["unit"])}</p>{body}{notes}</section>')


def overview(rows):
    lines = []
    for row in rows:
        link = f'<a href="#{escaped(row["name"])}">{escaped(row["name"])}</a>'
        if row["left_out"] or not row["targets"]:
            why = row["left_out"] or "no target"
            lines.append(f'<tr><td>{link}</td><td colspan="3"></td>'
                         f'<td class="unknown">{escaped(why[:80])}</td></tr>')
        for target in () if row["left_out"] else row["targets"]:
            lines.append(
                f'<tr><td>{link}</td><td class="n">{words(target["figure"])}'
                f'</td><td>{escaped(target["words"])}</td><td>'
                f'{relation_words(target["relation"])} {words(target["limit"])}</td>'
                f'<td class="{verdict_class(target["verdict"])}">'
                f'{escaped(target["verdict"])}</td></tr>')
    return ('<table><tr><th>row</th><th>figure</th><th></th><th>target</th>'
            f'<th></th></tr>{"".join(lines)}</table>')


def machine(document):
    cells = "".join(
        f"<tr><td>{escaped(key.replace('_', ' '))}</td><td>"
        f"{escaped(fact_words(value))}</td></tr>" for key, value in document["machine"].items())
    missing = "".join(f'<p class="note">{escaped(sentence)}</p>'
                      for sentence in document["missing"])
    return f"<h2>The machine</h2><table>{cells}</table>{missing}"


def page(document):
    kind = "quick form" if document["quick"] else "full form"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>Warifu, measured</title><style>{STYLE}</style></head><body>'
        f'<h1>Warifu, measured</h1><p class="note">'
        f'{escaped(document["build"])}; {escaped(document["began_at"])}; '
        f'{kind}, {document["rounds"]} rounds. A bar is the median, a dot is '
        'one round, the dashed line is the target.</p>'
        f'{overview(document["rows"])}'
        f'{"".join(section(row) for row in document["rows"])}'
        f'{machine(document)}</body></html>\n')
