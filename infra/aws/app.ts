// cdk synth/deploy --app "node infra/aws/app.ts" -c captureUrl=https://…/epcis/capture
import { resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { IntakeStack } from './stack.ts';

const app = new App();
const captureUrl: unknown = app.node.tryGetContext('captureUrl');
if (typeof captureUrl !== 'string' || !captureUrl.startsWith('https://')) {
  console.error("Give the platform's capture address: -c captureUrl=https://HOST/epcis/capture");
  process.exit(2);
}
new IntakeStack(app, 'TagtrailIntake', { captureUrl, bundle: resolve(import.meta.dirname, '../../dist/lambda') });
app.synth();
