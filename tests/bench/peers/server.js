// The receiver that most people would write. Prints its port; PUBLIC_KEY is the provider's verification key.
const express = require('express');
const { EventWebhook, EventWebhookHeader } = require('@sendgrid/eventwebhook');
const client = require('prom-client');

const webhook = new EventWebhook();
const key = webhook.convertPublicKeyToECDSA(process.env.PUBLIC_KEY);
const events = new client.Counter({ name: 'events_total', help: 'Events', labelNames: ['event'] });
const app = express();
app.use(express.raw({ type: 'application/json', limit: '4mb' }));
app.post('/events/main', (request, response) => {
  const signature = request.get(EventWebhookHeader.SIGNATURE());
  const timestamp = request.get(EventWebhookHeader.TIMESTAMP());
  if (!webhook.verifySignature(key, request.body, signature, timestamp)) return response.sendStatus(401);
  for (const event of JSON.parse(request.body)) events.inc({ event: event.event });
  response.sendStatus(204);
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
