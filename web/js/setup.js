// The instructor's set-up page: what the class is called, how students get in.
import { get, Refused, send } from './api.js';
import { $, icon, sentence, setText } from './dom.js';
import { showBanner, watchInfo } from './info.js';
import { signinPanel } from './panel.js';
import { signout } from './signin.js';

const form = $('#setup');
const fields = form.elements;
let state = null;
let typed = false; // something that is not saved yet

function fill(setup) {
  state = setup;
  typed = false;
  for (const name of ['name', 'wifi', 'wifi_password', 'join_code']) fields[name].value = setup[name];
  fields.joining.checked = setup.joining;
  fields.coded.checked = setup.join_code !== '';
  for (const radio of fields.access) {
    radio.checked = radio.value === setup.access;
    radio.disabled = setup.access_fixed;
  }
  $('#fixed').hidden = !setup.access_fixed;
  const n = setup.people;
  setText($('#people'), n ? `${n} ${n === 1 ? 'person is' : 'people are'} in the roster.` : 'Nobody is in the roster.');
  shape();
}

// shape shows only what goes with what was chosen.
function shape() {
  $('#joining').hidden = !fields.joining.checked;
  $('#code').hidden = !fields.coded.checked;
}

async function load() {
  try {
    fill(await get('/api/class'));
    form.hidden = false;
    $('#signout').hidden = false;
    $('#panel').hidden = true;
  } catch (e) {
    if (!(e instanceof Refused) || e.status >= 500) {
      showBanner(['The server does not answer. Trying again.']);
      setTimeout(load, 2000);
      return;
    }
    form.hidden = true;
    signinPanel($('#panel'), load);
  }
}

fields.coded.addEventListener('change', () => {
  if (fields.coded.checked && !fields.join_code.value) fields.join_code.value = state.suggestion;
  shape();
});
fields.joining.addEventListener('change', shape);
form.addEventListener('input', () => {
  typed = true;
  setText($('#saved'), 'Not saved yet.');
});

// With a roster nobody else gets in, unless that is wanted.
for (const radio of fields.access) {
  radio.addEventListener('change', () => {
    if (radio.value === 'roster' && radio.checked && fields.joining.checked) {
      fields.joining.checked = false;
      shape();
      setText($('#saved'), 'Joining is off now, so that only the roster gets in. Not saved yet.');
    }
  });
}

$('#another').addEventListener('click', async () => {
  try {
    state.suggestion = (await get('/api/class')).suggestion;
    fields.join_code.value = state.suggestion;
    form.dispatchEvent(new Event('input'));
  } catch (e) { wrong(e); }
});

function wrong(e) {
  const error = $('#error');
  sentence(error, e instanceof Refused ? e.message : 'The server does not answer. Nothing was saved.');
  error.hidden = false;
}

form.addEventListener('submit', async (e) => {
  e.preventDefault();
  $('#error').hidden = true;
  if (fields.joining.checked && fields.coded.checked && !fields.join_code.value.trim()) {
    wrong(new Refused(400, 'Give a join code, or let them join without one.'));
    fields.join_code.focus();
    return;
  }
  const body = {
    name: fields.name.value, wifi: fields.wifi.value, wifi_password: fields.wifi_password.value,
    joining: fields.joining.checked, join_code: fields.coded.checked ? fields.join_code.value : '',
  };
  if (!state.access_fixed) body.access = fields.access.value;
  $('#save').disabled = true;
  try {
    const setup = await send('PUT', '/api/class', body);
    fill(setup);
    setText($('#saved'), setup.saved);
  } catch (e2) {
    wrong(e2);
  } finally {
    $('#save').disabled = false;
  }
});

addEventListener('beforeunload', (e) => { if (typed) e.preventDefault(); });
$('#theme').replaceChildren(icon('theme'));
$('#signout').addEventListener('click', async () => {
  typed = false;
  await signout();
  location.assign('/');
});
watchInfo((info) => {
  const base = info.http[0];
  if (base) setText($('.join-address'), `${base}/join`);
  showBanner([info.alone, info.recording?.text, info.clock]);
}, () => showBanner(['The server does not answer. Trying again.']));
load();
