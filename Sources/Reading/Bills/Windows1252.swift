/// What spreadsheets of Western Europe and America save as CSV where nobody asks for UTF-8.
enum Windows1252 {
  /// The characters of 0x80 to 0x9F; zero where there is none.
  private static let upper: [UInt16] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
    0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
  ]

  /// The text; `nil` for bytes that are none, and for text that is likely of another encoding: letters with marks stand
  /// among others, while those of China, Japan or Russia are all above ASCII, and UTF-8 that is not whole has pairs of its
  /// own.
  static func text(_ bytes: [UInt8]) -> String? {
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count)
    var (run, last) = (0, UInt8(0))
    for byte in bytes {
      run = byte < 0x80 ? 0 : run + 1
      if (0xc2...0xdf).contains(last), (0x80...0xbf).contains(byte) { return nil }
      last = byte
      let unit = (0x80...0x9f).contains(byte) ? upper[Int(byte) - 0x80] : UInt16(byte)
      guard run < 3, unit >= 0x20 || unit == 0x09 || unit == 0x0a || unit == 0x0d else { return nil }
      units.append(unit)
    }
    return String(decoding: units, as: UTF16.self)
  }
}
