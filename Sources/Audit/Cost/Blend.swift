/// How many parts of input and output tokens a nominal token is mixed of.
package struct Blend: Hashable, Sendable {
  /// Parts of input.
  package var input: Int
  /// Parts of output.
  package var output: Int

  /// A blend; `nil` unless both parts are 0 or more and one of them is more.
  package init?(input: Int, output: Int) {
    guard (0...1_000_000).contains(input), (0...1_000_000).contains(output), input + output > 0 else { return nil }
    self.init(parts: (input, output))
  }

  /// The simple mean of the input and the output rate.
  package static let even = Blend(parts: (1, 1))

  private init(parts: (input: Int, output: Int)) {
    self.input = parts.input
    self.output = parts.output
  }
}
