declare module "qrcode-svg" {
  interface Options {
    content: string;
    ecl?: "L" | "M" | "H" | "Q";
  }
  export default class QRCode {
    constructor(options: Options);
    /** Row by row from the top; true is dark. */
    readonly qrcode: { readonly modules: boolean[][] };
  }
}
