// The part of node:crypto that the runtime has and this Worker uses; the whole of Node's types would promise what is not there.
declare module "node:crypto" {
  export interface PublicKey {
    readonly type: "public";
  }
  export const constants: { readonly RSA_PKCS1_PADDING: number };
  /** Throws on what is not a public key in PEM. */
  export function createPublicKey(pem: string): PublicKey;
  export function publicEncrypt(key: { key: PublicKey; padding: number }, data: Uint8Array): Uint8Array;
}
