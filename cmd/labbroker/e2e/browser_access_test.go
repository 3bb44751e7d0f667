package e2e

import "strings"

// accessible fails for what keeps somebody out of the page as it is now: a
// field or button without a name, a control that the keyboard does not reach,
// text with less contrast than 4.5:1 in either theme.
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
			const rgb = (c) => c.match(/[\d.]+/g).map(Number);
			const lum = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
				.reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
			for (const n of seen) {
				if (n.disabled || n.closest('svg') || ![...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim())) continue;
				let back = n;
				while (back && (rgb(getComputedStyle(back).backgroundColor)[3] ?? 1) === 0) back = back.parentElement;
				const a = lum(rgb(getComputedStyle(n).color)), b = lum(rgb(getComputedStyle(back ?? document.documentElement).backgroundColor));
				const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
				if (ratio < 4.5) wrong.push('contrast ' + ratio.toFixed(2) + ': ' + name(n));
			}
			return wrong.join('\n');
		}`, theme).(string)
		if strings.TrimSpace(got) != "" {
			p.t.Errorf("%s, %s: got\n%s", what, theme, got)
		}
	}
	p.js(`() => { document.documentElement.dataset.theme = 'light'; }`)
}
