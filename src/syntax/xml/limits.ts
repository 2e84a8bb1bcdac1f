/** What a document may be at most; beyond it reading stops with a finding. */
export interface XmlLimits {
  readonly depth: number; // elements open at once
  readonly attributes: number; // of one element, namespace declarations included
  readonly names: number; // different names in the document
  readonly tag: number; // bytes of a start tag
  readonly text: number; // bytes of the content of an element without children, of a comment, of an instruction
}

export const xmlLimits: XmlLimits = { depth: 100, attributes: 100, names: 2000, tag: 65_536, text: 8_388_608 };
