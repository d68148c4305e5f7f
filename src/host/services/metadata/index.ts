/**
 * Metadata for instances: HTTP on the service addresses, answered by Sextant's own service or by Nova.
 *
 * Begin with `metadata-service.ts`; `metadata-request.ts` says what may be asked, `metadata-upstream.ts` who answers.
 */
export { MetadataService } from './metadata-service.ts';
export { type NovaOptions, novaUpstream, ownUpstream } from './metadata-upstream.ts';
export { RememberedUpstream } from './remembered-upstream.ts';
