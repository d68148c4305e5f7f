/** The suites of tests that tempest runs here, and what of each fails, with the reason. */

export interface TempestSuite {
  /** The Debian package that it is of. */
  readonly debianPackage: string;
  /** Its tests, as a regular expression. */
  readonly tests: string;
  /** Tests that fail, by what is in their name: what Sextant does otherwise on purpose, or not at all. */
  readonly known: Readonly<Record<string, string>>;
}

export const SUITES = {
  tempest: {
    debianPackage: 'tempest',
    tests: '^tempest\\.api\\.network',
    known: {},
  },
  'neutron-tempest-plugin': {
    debianPackage: 'neutron-tempest-plugin',
    tests: '^neutron_tempest_plugin\\.api',
    known: {},
  },
} as const satisfies Record<string, TempestSuite>;

export type SuiteName = keyof typeof SUITES;
