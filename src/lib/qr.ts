import QRCode from "qrcode-svg";

/** A QR code of `content` as an SVG element that fills its box. Throws when the content is too long for one. */
export const renderQr = (content: string): string =>
  new QRCode({ content, padding: 1, join: true, xmlDeclaration: false, container: "svg-viewbox", ecl: "M" }).svg();
