import Foundation

/// The few searches that read most of a log's bytes. Each is a call of the C library's vectorised routine.
extension Span where Element == UInt8 {
  /// The first place of a byte at or after `start`, or `nil`.
  @inline(__always)
  func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    guard start < count else { return nil }
    return unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress, let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
  }

  /// The first place of a text of two bytes or more at or after `start`, or `nil`.
  ///
  /// Thirty-two places at once are compared with the text's first and last byte; only where both fit is the whole
  /// compared. Words instead of vectors of bytes: as fast with optimisation, and fifty times faster without it.
  @inline(__always)
  func firstIndex(of text: StaticString, from start: Int = 0) -> Int? {
    unsafe withUnsafeBytes { bytes in
      let length = text.utf8CodeUnitCount
      let first = unsafe UInt64(text.utf8Start[0]) &* 0x0101_0101_0101_0101
      let last = unsafe UInt64(text.utf8Start[length - 1]) &* 0x0101_0101_0101_0101
      var index = start
      while index + length <= bytes.count {
        // The last block overlaps the one before it.
        let block = Swift.max(start, Swift.min(index, bytes.count - length - 31))
        let end = Swift.min(block + 32, bytes.count - length + 1)
        if end - block == 32 {
          let heads = unsafe bytes.loadUnaligned(fromByteOffset: block, as: SIMD4<UInt64>.self)
          let tails = unsafe bytes.loadUnaligned(fromByteOffset: block + length - 1, as: SIMD4<UInt64>.self)
          let zeros =
            Self.zeroBytes((heads[0] ^ first) | (tails[0] ^ last))
            | Self.zeroBytes((heads[1] ^ first) | (tails[1] ^ last))
            | Self.zeroBytes((heads[2] ^ first) | (tails[2] ^ last))
            | Self.zeroBytes((heads[3] ^ first) | (tails[3] ^ last))
          // A zero byte is a place where both fit.
          if zeros == 0 {
            index = end
            continue
          }
        }
        for place in block..<end where holds(text, at: place) { return place }
        index = end
      }
      return nil
    }
  }

  /// Not zero exactly where a byte of a word is.
  @inline(__always)
  private static func zeroBytes(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }

  /// How many NUL bytes there are in front.
  var zeros: Int {
    guard count > 0, self[0] == 0 else { return 0 }
    // A run of one byte equals itself a byte further on.
    let isAllZero = unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return true }
      return unsafe memcmp(base, base + 1, buffer.count - 1) == 0
    }
    if isAllZero { return count }
    var index = 0
    while self[index] == 0 { index += 1 }
    return index
  }

  /// Whether a text stands at `start`.
  @inline(__always)
  func holds(_ text: StaticString, at start: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard start >= 0, start + length <= count else { return false }
    return unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      return unsafe memcmp(base + start, text.utf8Start, length) == 0
    }
  }

  /// Whether a text stands at `start`.
  func holds(_ text: String, at start: Int) -> Bool {
    guard start >= 0, start + text.utf8.count <= count else { return false }
    return unsafe withUnsafeBufferPointer { buffer in
      let known = unsafe text.utf8.withContiguousStorageIfAvailable { text in
        guard let base = buffer.baseAddress, let other = text.baseAddress else { return text.isEmpty }
        return unsafe memcmp(base + start, other, text.count) == 0
      }
      return known ?? false
    }
  }

  /// The first quote at or after `start` that a backslash before it does not escape, so far as two bytes tell: one with
  /// two backslashes before it counts.
  ///
  /// Sixteen places at once, without a branch for each escape: prompts and code are full of them.
  @inline(__always)
  func firstOpenQuote(from start: Int) -> Int? {
    unsafe withUnsafeBytes { bytes in
      let quotes = SIMD16<UInt8>(repeating: UInt8(ascii: "\""))
      let backslashes = SIMD16<UInt8>(repeating: UInt8(ascii: "\\"))
      var index = start
      while index >= 2, index + 16 <= bytes.count {
        let block = unsafe bytes.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
        let before = unsafe bytes.loadUnaligned(fromByteOffset: index - 1, as: SIMD16<UInt8>.self)
        let beforeThat = unsafe bytes.loadUnaligned(fromByteOffset: index - 2, as: SIMD16<UInt8>.self)
        let found = (block .== quotes) .& ((before .!= backslashes) .| (beforeThat .== backslashes))
        let words = unsafe unsafeBitCast(found, to: SIMD2<UInt64>.self)
        if words[0] != 0 { return index + words[0].trailingZeroBitCount / 8 }
        if words[1] != 0 { return index + 8 + words[1].trailingZeroBitCount / 8 }
        index += 16
      }
      return firstIndex(of: UInt8(ascii: "\""), from: index)
    }
  }

  /// Whether the bytes end with a text.
  @inline(__always)
  func ends(with text: StaticString) -> Bool { holds(text, at: count - text.utf8CodeUnitCount) }

  /// The bytes of a range as text; `nil` where they are not UTF-8.
  func string(_ range: Range<Int>) -> String? {
    unsafe withUnsafeBufferPointer { buffer in
      unsafe String(validating: UnsafeBufferPointer(rebasing: buffer[range]), as: UTF8.self)
    }
  }

  /// The whole number that a range stands for, also with an exponent or with a fraction of zeros; `nil` for a number
  /// that is negative, broken or too large, and for anything else.
  func wholeNumber(in range: Range<Int>) -> Int64? {
    guard !range.isEmpty, range.upperBound <= count, let (digits, end) = number(at: range.lowerBound) else {
      return nil
    }
    if end == range.upperBound { return digits }
    guard end < range.upperBound else { return nil }
    var value = digits
    var index = end
    var scale = 0
    if self[index] == UInt8(ascii: ".") {
      index += 1
      let first = index
      while index < range.upperBound, (0x30...0x39).contains(self[index]) {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(Int64(self[index]) - 0x30)
        // Digits beyond what a count can hold have to be zeros.
        if overflow || carry || scale == 17 {
          guard self[index] == 0x30 else { return nil }
        } else {
          (value, scale) = (sum, scale + 1)
        }
        index += 1
      }
      if index == first { return nil }
    }
    var exponent = 0
    if index < range.upperBound, self[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      var isNegative = false
      if index < range.upperBound, self[index] == UInt8(ascii: "+") || self[index] == UInt8(ascii: "-") {
        isNegative = self[index] == UInt8(ascii: "-")
        index += 1
      }
      guard let (power, end) = number(at: index), power <= 18 else { return nil }
      exponent = isNegative ? -Int(power) : Int(power)
      index = end
    }
    guard index == range.upperBound else { return nil }
    while exponent > scale {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      (value, exponent) = (product, exponent - 1)
    }
    while scale > exponent {
      guard value % 10 == 0 else { return nil }
      (value, scale) = (value / 10, scale - 1)
    }
    return value
  }

  /// A non-negative whole number in ASCII digits that ends at the first other byte; `nil` where there is no digit or
  /// it does not fit.
  /// - Returns: the number, and the place after it.
  @inline(__always)
  func number(at start: Int) -> (value: Int64, end: Int)? {
    var value: Int64 = 0
    var index = start
    while index < count {
      let digit = Int64(self[index]) - 0x30
      guard (0...9).contains(digit) else { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = sum
      index += 1
    }
    return index == start ? nil : (value, index)
  }
}
