// The one script of the pages. Every page works without it.
import { keepAsOfLocal } from './as-of.ts';
import { showLocalTimes } from './local-time.ts';
import { showLive } from './live.ts';
import { centrePicture } from './picture.ts';

showLocalTimes(document);
keepAsOfLocal();
showLive();
centrePicture();
