import { constants, createHash, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { toBase64, utf8 } from "../../../src/lib/bytes.ts";

/** The provider's RSA key pair: signs callbacks and publishes itself in every form that was seen. */
export interface SigningKey {
  pem: string;
  xml: string;
  /** RSASSA-PKCS1-v1_5 with SHA-256, base64. */
  sign(text: string): Promise<string>;
}

export const createSigningKey = async (): Promise<SigningKey> => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2_048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  // Read in two runtimes, whose types say this differently.
  const drawn: unknown = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const pair = drawn as CryptoKeyPair;
  const [binary, readable]: unknown[] = [
    await crypto.subtle.exportKey("spki", pair.publicKey),
    await crypto.subtle.exportKey("jwk", pair.publicKey),
  ];
  const spki = toBase64(new Uint8Array(binary as ArrayBuffer));
  const jwk = readable as JsonWebKey;
  const lines = spki.match(/.{1,64}/g) ?? [];
  const ordinary = (text = "") => {
    const plain = text.replaceAll("-", "+").replaceAll("_", "/");
    return plain + "=".repeat((4 - (plain.length % 4)) % 4);
  };
  return {
    pem: `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`,
    xml: `<RSAKeyValue><Modulus>${ordinary(jwk.n)}</Modulus><Exponent>${ordinary(jwk.e)}</Exponent></RSAKeyValue>`,
    sign: async (text) =>
      toBase64(new Uint8Array(await crypto.subtle.sign(algorithm.name, pair.privateKey, utf8(text)))),
  };
};

/** The provider's other RSA key pair: what a merchant encrypts to it proves that the merchant made the request. */
export interface ChecksumKey {
  pem: string;
  /** Whether `checksum` is the SHA-512 of `text`, encrypted with PKCS#1 v1.5 padding, base64. */
  matches(checksum: string, text: string): boolean;
}

let made: ChecksumKey | null = null;

/** One for all merchants, as the provider has it; drawn when it is first asked for. */
export const checksumKey = (): ChecksumKey => (made ??= createChecksumKey());

const createChecksumKey = (): ChecksumKey => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return {
    pem: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
    matches(checksum, text) {
      try {
        // Runtimes refuse to take the padding off themselves, for fear of timing; here it is taken off by hand.
        const padding = constants.RSA_NO_PADDING;
        const block = privateDecrypt({ key: pair.privateKey, padding }, Buffer.from(checksum, "base64"));
        if (block[0] !== 0 || block[1] !== 2) return false;
        const end = block.indexOf(0, 2);
        return end >= 10 && block.subarray(end + 1).equals(createHash("sha512").update(text).digest());
      } catch {
        return false;
      }
    },
  };
};
