/**
 * Who may do what with that which stands beside a file: locks, marks, folders. It follows from the permissions of the
 * file itself, whatever the umask; else a group that may write the file could not take its lock.
 */
import { chmodSync, existsSync, fchmodSync, fstatSync, mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { errnoOf } from "./file-error.js"

export const OWNER_ONLY = 0o600

/** Of a file beside one of this mode: the owner and whoever may use that one. */
export const fileModeFor = (mode: number): number => OWNER_ONLY | (mode & 0o066)

/** Of a folder for files of this mode: who may read them may look for them, who may write them may add to them. */
export const folderModeFor = (mode: number): number => 0o700 | (mode & 0o066) | ((mode & 0o044) >> 2)

/**
 * Makes a folder and those above it that are missing. What the umask gives to others stays given.
 * One by one: for a file system that is read-only, Node's recursive call tells that a folder is missing.
 */
export function makeFolders(folder: string, mode: number): void {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolders(dirname(folder), mode)
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process came first.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
    throw error
  }
  allowInFolder(folder, mode)
}

/** Adds the permissions that a folder lacks for files of this mode; one of another user stays as it is. */
export function allowInFolder(folder: string, mode: number): void {
  const present = statSync(folder).mode & 0o7777
  const wanted = present | folderModeFor(mode)
  if (wanted !== present) unlessRefused(() => chmodSync(folder, wanted))
}

/** Gives an open file its mode: the umask takes from that of open. */
export function giveMode(descriptor: number, mode: number): void {
  if ((fstatSync(descriptor).mode & 0o7777) !== mode) unlessRefused(() => fchmodSync(descriptor, mode))
}

/** A file system without modes (FAT) may refuse the call; open did its best. */
function unlessRefused(step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(errnoOf(error) ?? "")) throw error
  }
}
