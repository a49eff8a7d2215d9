declare module "qrcode-svg" {
  interface Options {
    content: string;
    padding?: number;
    ecl?: "L" | "M" | "H" | "Q";
    join?: boolean;
    xmlDeclaration?: boolean;
    container?: "svg" | "svg-viewbox" | "g" | "none";
  }
  export default class QRCode {
    constructor(options: Options);
    svg(): string;
  }
}
