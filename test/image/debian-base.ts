/** The files of distroless/cc-debian12, made as it is: of Debian packages that are unpacked, not installed. */
import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** github.com/GoogleContainerTools/distroless, cc/README.md and base/README.md */
const PACKAGES = [
  ...["base-files", "netbase", "tzdata", "ca-certificates"],
  ...["libc6", "libssl3", "libgcc-s1", "gcc-12-base", "libgomp1", "libstdc++6"],
]
const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`

/** @returns the tar file, or undefined where the packages cannot be had */
export function debianBase(folder: string): string | undefined {
  const [packages, root, tar] = [join(folder, "packages"), join(folder, "rootfs"), join(folder, "base.tar")]
  for (const path of [packages, root]) mkdirSync(path)
  // apt drops root's rights for the download: it has to be able to write there.
  chmodSync(packages, 0o777)
  const download = spawnSync("apt-get", ["download", "-qq", ...PACKAGES], { cwd: packages })
  if (download.status !== 0) return undefined
  for (const file of readdirSync(packages)) execFileSync("dpkg-deb", ["-x", join(packages, file), root])
  mkdirSync(join(root, "home/nonroot"), { mode: 0o700 })
  chmodSync(join(root, "tmp"), 0o1777)
  writeFileSync(join(root, "etc/passwd"), PASSWD)
  execFileSync("tar", ["-C", root, "-cf", tar, "."])
  return tar
}
