/** What is wrong with the query of a list. */
import { BAD_REQUEST, catalogue } from './entry.ts';

export const listErrors = catalogue({
  limit: {
    ...BAD_REQUEST,
    message: "Invalid input for limit. Reason: '{limit}' is not a number from 0.",
    when: 'The limit is no number, or negative.',
    wayOut: 'Give a number, or leave it out.',
    operations: ['list'],
  },
  sortCounts: {
    ...BAD_REQUEST,
    message: 'The number of sort_keys and sort_dirs must be same',
    when: '`sort_dir` is given, but not once for each `sort_key`.',
    wayOut: 'Give as many of each, or no `sort_dir`.',
    operations: ['list'],
  },
  sortKey: {
    ...BAD_REQUEST,
    message: "'{name}' is an invalid attribute for sort keys: it cannot be sorted by.",
    when: 'There is no such attribute, or it is a list or object.',
    wayOut: 'Sort by another.',
    operations: ['list'],
  },
  sortDirection: {
    ...BAD_REQUEST,
    message: "Invalid input for sort_dir. Reason: '{direction}' is not one of asc, desc.",
    when: 'The direction is neither.',
    wayOut: 'Give `asc` or `desc`.',
    operations: ['list'],
  },
  filter: {
    ...BAD_REQUEST,
    message:
      "Invalid input for filters. Reason: '{name}' is not an attribute that {collection} can be filtered by. Known: {known}.",
    when: 'There is no such filter.',
    wayOut: 'Use one of those that the message names.',
    operations: ['list'],
  },
  fixedIpKey: {
    ...BAD_REQUEST,
    message: "Invalid input for fixed_ips. Reason: '{value}' is not KEY=VALUE with KEY one of {known}.",
    when: 'Ports are filtered by something of their addresses that they are not filtered by.',
    wayOut: 'Use one of the keys that the message names.',
    operations: ['list_port'],
  },
  marker: {
    ...BAD_REQUEST,
    message: "Invalid input for marker. Reason: '{marker}' is not the id of one of the {collection}.",
    when: 'The marker is no id that the caller sees; somebody may have deleted it since.',
    wayOut: 'Begin from the first page.',
    operations: ['list'],
  },
});
