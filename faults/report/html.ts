/** Text that is HTML already. Everything else that is put into `html` is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | readonly Html[] | string | number;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML with every value escaped, in text as in quoted attributes. Lists of HTML are joined. */
export function html(text: TemplateStringsArray, ...values: readonly Part[]): Html {
  const parts = values.map((value, n) => render(value) + (text[n + 1] ?? ''));
  return new Html((text[0] ?? '') + parts.join(''));
}

/** Data for a `<script type="application/json">`: nothing in it can end the script. */
export function json(data: unknown): Html {
  return new Html(JSON.stringify(data).replaceAll('<', '\\u003c'));
}

/** Code or style for a `<script>` or `<style>`; refuses a text that would end the element. */
export function code(text: string): Html {
  if (/<\/(script|style)/i.test(text)) throw new Error('the code to embed contains </script or </style; want none');
  return new Html(text);
}

function render(value: Part): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map((each) => each.text).join('\n');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
