/** What a URL must be for a request to go there; a dry run asks it as the sending does. */

/** Why no request can go there, without the URL; undefined when one can. */
export function urlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return "the URL is not valid: it has to begin with http:// or https://"
  if (!isHttp(url)) return "the URL is neither http nor https"
  return hasCredentials(url) ? "the URL holds a user name or password: send it in a header" : undefined
}

export const isHttp = ({ protocol }: URL): boolean => protocol === "http:" || protocol === "https:"

export const hasCredentials = ({ username, password }: URL): boolean => username !== "" || password !== ""
