/** Cells of a CSV file (RFC 4180), row by row; commas, semicolons or tabs, whichever the first lines have most of. Throws on an open quote. */
export const parseCsv = (text: string): string[][] => {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const separator = separatorOf(body.slice(0, 4_096));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  const endCell = (): void => {
    row.push(cell);
    cell = "";
  };
  const endRow = (): void => {
    endCell();
    if (row.some((value) => value.trim() !== "")) rows.push(row);
    row = [];
  };
  for (let i = 0; i < body.length; i++) {
    const letter = body[i]!;
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (body[i + 1] === '"') cell += body[++i]!;
      else isQuoted = false;
    } else if (letter === '"' && cell.trim() === "") {
      cell = "";
      isQuoted = true;
    } else if (letter === separator) endCell();
    else if (letter === "\n") endRow();
    else if (letter !== "\r") cell += letter;
  }
  if (isQuoted) throw new Error("a quote is never closed");
  endRow();
  return rows;
};

const separatorOf = (sample: string): string => {
  const count = (letter: string): number => sample.split(letter).length;
  return [",", ";", "\t"].toSorted((a, b) => count(b) - count(a))[0]!;
};
