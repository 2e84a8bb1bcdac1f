import type { ConfigFile } from '../../partners/config.ts';
import type { JudgingSources } from '../translation/judging.ts';
import { isPublished } from './published-schemas.ts';
import { below, type Sources } from './sources.ts';

export const changeFiles = (sources: Sources): ConfigFile[] => below(sources, 'schemas/changes/');

export const scenarioFiles = (sources: Sources): ConfigFile[] => [...below(sources, 'schemas/scenarios/'), ...below(sources, 'scenarios/')];

export const configSchemas = (sources: Sources): ConfigFile[] =>
  below(sources, 'schemas/config/').map(({ path, text }) => ({ path: path.slice('schemas/config/'.length), text }));
const isProfile = /(^|\/)profile\.yaml$/;
export const profileFiles = (sources: Sources): ConfigFile[] => [...below(sources, 'schemas/agencies/', isProfile), ...below(sources, 'profiles/', isProfile)];
export const rowSchemaFiles = (sources: Sources): ConfigFile[] =>
  [...below(sources, 'schemas/agencies/'), ...below(sources, 'profiles/')].filter(({ path }) => !isProfile.test(path));

export const judgingSources = (sources: Sources): Omit<JudgingSources, 'dictionary'> => ({
  codes: below(sources, 'schemas/codes/'),
  ownCodes: below(sources, 'codes/'),
  rules: [...below(sources, 'schemas/rules/'), ...below(sources, 'rules/')],
  rowSchemas: rowSchemaFiles(sources),
  config: configSchemas(sources),
});

/** The files that decide how facts are judged, and what new partners must show. */
export function judgingFiles(sources: Sources): ConfigFile[] {
  const { codes, ownCodes, rules, rowSchemas } = judgingSources(sources);
  return [
    ...codes,
    ...ownCodes,
    ...rules,
    ...profileFiles(sources),
    ...rowSchemas,
    ...changeFiles(sources),
    ...scenarioFiles(sources),
    ...sources.files.filter(isPublished),
  ];
}
