// The page / : how to connect, sign in, boards refused lately.
import { attach, signout } from './signin.js';
import { $ , icon } from './dom.js';
import { setServerTime } from './api.js';
import { showAddresses, showBanner, showRefused, snippet, watchInfo } from './info.js';

$('#theme').replaceChildren(icon('theme'));

const form = $('#signin');
if (form) attach(form, (who) => location.assign(who.instructor ? '/wall' : `/s/${encodeURIComponent(who.session)}`));
$('#signout')?.addEventListener('click', async () => {
  await signout();
  location.reload();
});

watchInfo((info) => {
  if (info.now) setServerTime(info.now);
  showAddresses($('#addresses'), info.mqtt, info.local);
  const code = $('#snippet code');
  const text = snippet(info.mqtt[0], 'ada', info.access);
  if (code.textContent !== text) code.textContent = text;
  showRefused($('#refused .refusals'), info.refused);
  showBanner([info.recording?.text, info.clock]);
}, () => showBanner(['The server does not answer. Trying again.']));
