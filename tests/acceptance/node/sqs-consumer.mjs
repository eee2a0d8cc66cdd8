// sqs-consumer in one of its three ways, until nothing is left. Prints the events that it handled, and its errors.
import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';

const [mode, queueUrl, most] = process.argv.slice(2);
const handled = [];
const errors = [];

const handle = (messages) => handled.push(...messages.map((message) => JSON.parse(message.Body).id));
const modes = {
  single: {
    visibilityTimeout: 30,
    handleMessage: async (message) => {
      handle([message]);
      return message;
    },
  },
  batch: {
    visibilityTimeout: 30,
    handleMessageBatch: async (messages) => {
      handle(messages);
      return messages;
    },
  },
  heartbeat: {
    visibilityTimeout: 5,
    heartbeatInterval: 1,
    handleMessageBatch: async (messages) => {
      handle(messages);
      await sleep(7000);
      return messages;
    },
  },
};

const consumer = Consumer.create({
  sqs: new SQSClient({}),
  queueUrl,
  batchSize: 10,
  waitTimeSeconds: 1,
  pollingCompleteWaitTimeMs: 60_000,
  ...modes[mode],
});
for (const event of ['error', 'processing_error', 'timeout_error']) {
  consumer.on(event, (error) => errors.push(`${event}: ${error.message}`));
}
consumer.on('empty', () => {
  if (handled.length >= Number(most)) consumer.stop();
});
consumer.on('stopped', () => console.log(JSON.stringify({ handled: handled.sort(), errors })));
consumer.start();
