// The QR decoder for browsers that have none of their own (Safari, WeChat on
// iOS, Firefox): loaded by scan.ts when a camera is opened, and only then.
import decodeQR from "qr/decode.js";

(globalThis as unknown as { juwuDecode: typeof decodeQR }).juwuDecode = decodeQR;
