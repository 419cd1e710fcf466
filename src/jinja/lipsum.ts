/** Filler text. The words are Latin, their order is chance. */
import { valueError } from "./errors.js"
import type { Runtime } from "./runtime.js"

const WORDS =
  "a ac accumsan ad adipiscing aenean aliquam aliquet amet ante aptent arcu at auctor augue bibendum blandit class commodo condimentum congue consectetuer consequat conubia convallis cras cubilia cum curabitur curae cursus dapibus diam dictum dictumst dignissim dis dolor donec dui duis egestas eget eleifend elementum elit enim erat eros est et etiam eu euismod facilisi facilisis fames faucibus felis fermentum feugiat fringilla fusce gravida habitant habitasse hac hendrerit hymenaeos iaculis id imperdiet in inceptos integer interdum ipsum justo lacinia lacus laoreet lectus leo libero ligula litora lobortis lorem luctus maecenas magna magnis malesuada massa mattis mauris metus mi molestie mollis montes morbi mus nam nascetur natoque nec neque netus nibh nisi nisl non nonummy nostra nulla nullam nunc odio orci ornare parturient pede pellentesque penatibus per pharetra phasellus placerat platea porta porttitor posuere potenti praesent pretium primis proin pulvinar purus quam quis quisque rhoncus ridiculus risus rutrum sagittis sapien scelerisque sed sem semper senectus sit sociis sociosqu sodales sollicitudin suscipit suspendisse taciti tellus tempor tempus tincidunt torquent tortor tristique turpis ullamcorper ultrices ultricies urna ut varius vehicula vel velit venenatis vestibulum vitae vivamus viverra volutpat vulputate"

export interface LipsumOptions {
  readonly paragraphs: number
  readonly html: boolean
  /** Words of a paragraph: at least `min`, fewer than `max`. */
  readonly min: number
  readonly max: number
}

export function lipsum(rt: Runtime, { paragraphs, html, min, max }: LipsumOptions): string {
  const words = WORDS.split(" ")
  const result: string[] = []
  for (let i = 0; i < paragraphs; i++) {
    if (max <= min) throw valueError(`empty range for randrange() (${min}, ${max}, ${max - min})`)
    const length = min + Math.floor(Math.random() * (max - min))
    rt.items(Math.max(1, length))
    rt.text(length * 8)
    const text = paragraph(words, length)
    result.push(html ? `<p>${text}</p>` : text)
  }
  return result.join(html ? "\n" : "\n\n")
}

function paragraph(words: readonly string[], length: number): string {
  const parts: string[] = []
  let [comma, stop] = [0, 0]
  let isStart = true
  for (let i = 0; i < length; i++) {
    const word = words[Math.floor(Math.random() * words.length)] ?? ""
    let part = isStart ? word.slice(0, 1).toUpperCase() + word.slice(1) : word
    isStart = false
    if (i - between(3, 8) > comma) {
      comma = i
      stop += 2
      part += ","
    }
    if (i - between(10, 20) > stop) {
      comma = stop = i
      part += "."
      isStart = true
    }
    parts.push(part)
  }
  const text = parts.join(" ")
  return text.endsWith(".") ? text : `${text.replace(/,$/, "")}.`
}

const between = (low: number, high: number) => low + Math.floor(Math.random() * (high - low))
