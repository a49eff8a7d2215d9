// AzamPay's checksum: the SHA-512 of some fields, encrypted to AzamPay's key with RSAES-PKCS1-v1_5, which WebCrypto does not
// have. It proves that the holder of the settings made the request; it is another one each time.
import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { toBase64, utf8 } from "../lib/bytes.ts";

/** `pem` may have its line breaks written as \n. Throws on what is not a public key. */
export const createChecksum = (pem: string): ((text: string) => Promise<string>) => {
  const key = createPublicKey(pem.replaceAll("\\n", "\n"));
  return async (text) => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", utf8(text)));
    return toBase64(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digest));
  };
};
