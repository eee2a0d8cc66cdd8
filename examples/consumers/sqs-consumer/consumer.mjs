// Book payments from a hookline queue, each once. Endpoint, region and credentials come from the environment.
// MODE is how messages are handled: single (default), batch, or heartbeat, a batch whose work takes longer than messages stay hidden.
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { parse } from 'lossless-json';
import { Consumer } from 'sqs-consumer';

const mode = process.env.MODE ?? 'single';
const ledger = process.env.LEDGER ?? 'ledger';
const workSeconds = Number(process.env.WORK_SECONDS ?? 0); // stands for work that takes long
const visibilityTimeout = Number(process.env.VISIBILITY_SECONDS ?? 30);

/** Write the payment, unless its event was handled before: mark and work are one file, so that both happen or neither does. */
async function book(event) {
  const { amount, currency } = event.data;
  if (amount === undefined || currency === undefined) throw new Error(`${event.id} has no amount or no currency`);
  const written = join(ledger, `.${randomUUID()}`);
  const file = await open(written, 'w');
  try {
    await file.writeFile(JSON.stringify({ event_id: event.id, type: event.type, amount: String(amount), currency }));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(written, join(ledger, `${createHash('sha256').update(event.id).digest('hex')}.json`));
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(written);
  }
}

async function handle(message) {
  const event = parse(message.Body); // numbers keep their digits: an amount is never a float
  if (workSeconds) await sleep(workSeconds * 1000);
  console.log(`${(await book(event)) ? 'booked' : 'seen before'} ${event.id}`);
  return message;
}

/** What was handled, which sqs-consumer then deletes. What failed comes again, and then goes to the dead-letter queue. */
async function handleBatch(messages) {
  const results = await Promise.allSettled(messages.map(handle));
  results.forEach(({ reason }, n) => reason && console.log(`failed ${messages[n].MessageId}: ${reason.message}`));
  return messages.filter((_, n) => results[n].status === 'fulfilled');
}

const modes = {
  single: { handleMessage: handle },
  batch: { handleMessageBatch: handleBatch },
  heartbeat: { handleMessageBatch: handleBatch, visibilityTimeout, heartbeatInterval: visibilityTimeout / 3 },
};

const sqs = new SQSClient({});
const { QueueUrl: queueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: process.env.QUEUE_NAME }));
await mkdir(ledger, { recursive: true });
const consumer = Consumer.create({
  sqs,
  queueUrl,
  batchSize: 10,
  waitTimeSeconds: 5, // less than the 10 seconds that a container has to stop
  pollingCompleteWaitTimeMs: 30_000, // stopping waits for what was received
  messageAttributeNames: ['All'],
  ...modes[mode],
});
consumer.on('error', (error) => console.log(`sqs-consumer: ${error.message}`));
consumer.on('processing_error', (error, message) => console.log(`failed ${message.MessageId}: ${error.message}`));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => consumer.stop());
consumer.on('stopped', () => sqs.destroy());
consumer.start();
console.log(`waiting for messages of ${queueUrl}`);
