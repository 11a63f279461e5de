/// The nouns of counts.
package enum Plural {
  /// `row` of one, `rows` of any other number.
  package static func of(_ noun: String, _ number: some BinaryInteger) -> String { number == 1 ? noun : noun + "s" }
}
