package e2e

import "strings"

// accessible fails for what keeps somebody out of the page as it is now: a
// field or button without a name, a control that the keyboard does not reach,
// text with less contrast than 4.5:1 in either theme (3:1 where it is large), as
// it comes out with everything that lies over one another half transparent.
func (p *tab) accessible(what string) {
	p.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		got, _ := p.js(`(theme) => {
			document.documentElement.dataset.theme = theme;
			const seen = [...document.querySelectorAll('body *')].filter((n) => n.checkVisibility() && n.getClientRects().length);
			const name = (n) => n.tagName + (n.id ? '#' + n.id : '') + (n.className ? '.' + n.className : '') + ' ' + n.textContent.trim().slice(0, 30);
			const wrong = [];
			for (const n of seen) {
				const field = n.matches('input, select, textarea');
				if (field && !n.labels?.length && !n.ariaLabel) wrong.push('no label: ' + name(n));
				if (n.matches('button, a[href]') && !n.textContent.trim() && !n.ariaLabel && ![...n.querySelectorAll('img')].some((i) => i.alt)) wrong.push('no name: ' + name(n));
				if (n.matches('a[href], button, input, select') && n.tabIndex < 0 && n.role !== 'tab' && !n.disabled) wrong.push('not in the tab order: ' + name(n));
				if (n.matches('img') && !n.alt) wrong.push('no alt: ' + name(n));
			}
			const rgb = (c) => { const [r, g, b, a = 1] = c.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
			const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
			const lum = (c) => c.slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
				.reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
			const behind = (n) => (n ? over(rgb(getComputedStyle(n).backgroundColor), behind(n.parentElement)) : [255, 255, 255, 1]);
			const look = (n, style, what) => {
				const back = behind(n), color = rgb(style.color);
				for (let up = n; up; up = up.parentElement) color[3] *= Number(getComputedStyle(up).opacity);
				if (!color[3]) return; // it stands for something else, as a file's input does
				const a = lum(over(color, back)), b = lum(back);
				const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
				const px = parseFloat(style.fontSize), large = px >= 24 || px >= 18.66 && Number(style.fontWeight) >= 700;
				if (ratio < (large ? 3 : 4.5)) wrong.push('contrast ' + ratio.toFixed(2) + ': ' + what + name(n));
			};
			for (const n of seen) {
				if (n.disabled || n.closest('svg')) continue;
				const style = getComputedStyle(n);
				if (n.matches('input, select, textarea') || [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim())) look(n, style, '');
				if (n.placeholder) look(n, getComputedStyle(n, '::placeholder'), 'the placeholder of ');
			}
			return wrong.join('\n');
		}`, theme).(string)
		if strings.TrimSpace(got) != "" {
			p.t.Errorf("%s, %s: got\n%s", what, theme, got)
		}
	}
	p.js(`() => { document.documentElement.dataset.theme = 'light'; }`)
}
