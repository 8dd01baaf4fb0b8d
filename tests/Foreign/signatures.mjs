// Reads {"sign": [...], "verify": [...]} and writes {"signed": [headers...], "verified": [boolean...]}, one for each.
//   sign:   {"kind": "github", "secret", "body"}
//           {"kind": "standard", "secret", "body", "id", "at": seconds since 1970}
//   verify: {"kind", "secret", "body", "headers": with names in lower case}
import { Webhooks } from '@octokit/webhooks';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const asked = JSON.parse(text);

async function sign({ kind, secret, body, id, at }) {
  if (kind === 'github') return { 'x-hub-signature-256': await new Webhooks({ secret }).sign(body) };
  return {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at * 1000), body),
  };
}

async function verify({ kind, secret, body, headers }) {
  if (kind === 'github') return new Webhooks({ secret }).verify(body, headers['x-hub-signature-256']);
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch (problem) {
    if (problem instanceof WebhookVerificationError) return false;
    throw problem;
  }
}

const signed = await Promise.all((asked.sign ?? []).map(sign));
const verified = await Promise.all((asked.verify ?? []).map(verify));
process.stdout.write(JSON.stringify({ signed, verified }));
