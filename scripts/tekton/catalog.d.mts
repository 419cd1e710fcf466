export const IMAGE: string
export const RELEASE_FILE: string
export function renderCatalog(release: { version: string; digest?: string | undefined }): Map<string, string>
export function digestIn(text: string, version: string): string | undefined
