import Model

/// Where a log whose lines are unwrapped can be entered: behind a line with its newline, where no line has begun that
/// goes on in the next one.
package final class LineBorders {
  /// A place between two lines.
  package struct Border {
    /// How many bytes of the file come before it.
    package var file: Int64 = 0
    /// How many bytes they unwrap to.
    var unwrapped: Int64 = 0
    /// How many lines come before it.
    package var lines: Int64 = 0
  }

  private var last = Border()
  /// Those behind the last one that was asked for.
  private var following: [Border] = []
  /// How many bytes of whole lines of the file were passed since that was asked for last.
  private var passed: Int64 = 0

  package init() {}

  func add(_ border: Border) { following.append(border) }

  /// Notes a line that was passed, with its newline.
  func pass(_ bytes: Int) { passed += Int64(bytes) }

  /// How many bytes of whole lines of the file were passed since this was asked last.
  package func takePassed() -> Int64 {
    defer { passed = 0 }
    return passed
  }

  /// The last border at or before a place among the unwrapped bytes. Those before it are forgotten.
  package func border(upTo place: Int64) -> Border {
    let count = following.partitioningIndex { $0.unwrapped > place }
    if count > 0 {
      last = following[count - 1]
      following.removeFirst(count)
    }
    return last
  }
}
