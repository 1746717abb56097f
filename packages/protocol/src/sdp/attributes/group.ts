import { type Attribute, attributeValues, type DescriptionLevel } from '../tree.js';

/** `a=group` (RFC 5888 §5): media sections that belong together; `BUNDLE` shares one transport (RFC 9143). */
export interface Group {
  readonly semantics: string;
  /** In order: the first of a BUNDLE group is the one that carries the transport. */
  readonly mids: readonly string[];
}

/** Undefined if `value` names no semantics. */
export function parseGroup(value: string): Group | undefined {
  const [semantics = '', ...mids] = value.split(' ').filter((word) => word !== '');
  return semantics === '' ? undefined : { semantics, mids };
}

export function formatGroup({ semantics, mids }: Group): Attribute {
  return { name: 'group', value: [semantics, ...mids].join(' ') };
}

/** The groups of `session` with these semantics. */
export function groupsOf(session: DescriptionLevel, semantics: string): Group[] {
  const groups: Group[] = [];
  for (const value of attributeValues(session, 'group')) {
    const group = parseGroup(value);
    if (group?.semantics === semantics) groups.push(group);
  }
  return groups;
}
