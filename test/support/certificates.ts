/** A certificate authority of its own, made by openssl, and certificates that it signed. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Why tests that need certificates are skipped, or undefined when openssl is there. */
export const opensslMissing: string | undefined =
  spawnSync("openssl", ["version"]).status === 0 ? undefined : "skipped: openssl is not installed"

export interface Authority {
  /** PEM file of its own certificate. */
  readonly caFile: string
  /** @param names its subject alternative names, as openssl writes them: `DNS:redis.test` */
  sign(name: string, names: string): { certFile: string; keyFile: string }
  remove(): void
}

export function certificateAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "ca-"))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore", cwd: folder })
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  openssl("req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.crt")
  return {
    caFile: at("ca.crt"),
    sign(name, names) {
      openssl("req", ...newKey, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`)
      writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`)
      const signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
      openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-extfile", `${name}.ext`, "-out", `${name}.crt`)
      return { certFile: at(`${name}.crt`), keyFile: at(`${name}.key`) }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
