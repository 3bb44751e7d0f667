// The instructor's own packets: of the clients that log in as instructor, who
// has no page of a session.
import { get } from './api.js';
import { $, icon } from './dom.js';
import { hostPort, showBanner, watchInfo } from './info.js';
import { listenKeys } from './keys.js';
import { Packets } from './packets.js';
import { signinPanel } from './panel.js';
import { signout } from './signin.js';

let packets = null;
let empty = 'Nothing has passed since you opened this.';

function list() {
  const own = { path: '/api', name: 'instructor', empty: () => empty };
  packets = new Packets($('#packets'), own);
  packets.show();
  listenKeys({ pause: () => packets.toggle(), search: () => $('#packets-search').focus() });
}

// enter asks for nothing that would be refused.
async function enter() {
  let info;
  try {
    info = await get('/api/info');
  } catch {
    showBanner(['The server does not answer. Trying again.']);
    setTimeout(enter, 2000);
    return;
  }
  const may = Boolean(info.you?.instructor);
  $('#own').hidden = $('#signout').hidden = !may;
  if (!may) {
    signinPanel($('#panel'), enter);
    return;
  }
  $('#panel').hidden = true;
  const { host, port } = hostPort(info.mqtt[0] ?? `${location.hostname}:1883`);
  empty = `Nothing has passed since you opened this. Log in with a client of yours, as with \`mosquitto_sub -h ${host}${port === '1883' ? '' : ` -p ${port}`} -u instructor -P your-password -v -t '#'\`.`;
  if (packets) packets.count();
  else list();
}

$('#theme').replaceChildren(icon('theme'));
$('#signout').addEventListener('click', async () => { await signout(); location.assign('/'); });
watchInfo((info) => {
  showBanner([info.recording?.text, info.clock]);
  if (packets && !info.you?.instructor && $('#panel').hidden) { // signed out elsewhere
    packets.hide();
    enter();
  } else packets?.show();
}, () => showBanner(['The server does not answer. Trying again.']));
enter();
