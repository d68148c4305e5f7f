/** What instances refuse. */
import { BAD_REQUEST, catalogue } from './entry.ts';

const CHANGES = ['create_instance', 'update_instance'] as const;

export const instanceErrors = catalogue({
  hostName: {
    ...BAD_REQUEST,
    message:
      'Invalid input for {field}. Reason: {value} is no host name: it must have 1 to 63 letters, digits and hyphens, the first and the last no hyphen.',
    when: 'No machine can have this name.',
    wayOut: 'Choose another, or leave it out.',
    operations: CHANGES,
  },
  userDataNotBase64: {
    ...BAD_REQUEST,
    message:
      "Invalid input for user_data. Reason: it is not base64, as user_data_encoding says: encode it, or give 'text'.",
    when: 'The user data has characters that base64 has not.',
    wayOut: 'Encode it, or give `user_data_encoding` `text`.',
    operations: CHANGES,
  },
  userDataTooLong: {
    ...BAD_REQUEST,
    message:
      'Invalid input for user_data. Reason: {length} octets are more than {maximum}. Compress it, or have it fetch the rest (cloud-init: #include URL).',
    when: 'The user data is longer than instances read.',
    wayOut: 'Compress it, or have it fetch the rest.',
    operations: CHANGES,
  },
  keyNotText: {
    ...BAD_REQUEST,
    message: 'Invalid input for {field}. Reason: a public key is a text.',
    when: 'The key is an object, a list or a number.',
    wayOut: 'Give the line of the `.pub` file.',
    operations: CHANGES,
  },
  keyTooLong: {
    ...BAD_REQUEST,
    message: 'Invalid input for {field}. Reason: it is longer than {maximum} characters.',
    when: 'No public key is that long.',
    wayOut: 'Give each key as an item of its own.',
    operations: CHANGES,
  },
  keyOfSeveralLines: {
    ...BAD_REQUEST,
    message: 'Invalid input for {field}. Reason: it must be one line: give each key as an item of its own.',
    when: 'The text has several lines, or control characters.',
    wayOut: 'Give each key as an item of its own.',
    operations: CHANGES,
  },
  keyAlgorithm: {
    ...BAD_REQUEST,
    message:
      "Invalid input for {field}. Reason: '{algorithm}' is no kind of SSH public key. Known: {known}. Give the content of the .pub file.",
    when: 'The line does not begin with the name of an algorithm that is known.',
    wayOut: 'Give the content of the `.pub` file, without options before it.',
    operations: CHANGES,
  },
  keyCut: {
    ...BAD_REQUEST,
    message:
      'Invalid input for {field}. Reason: what follows {algorithm} is not such a key in base64: it may have been cut.',
    when: 'The octets are no key of this algorithm.',
    wayOut: 'Copy the whole line of the `.pub` file.',
    operations: CHANGES,
  },
});
