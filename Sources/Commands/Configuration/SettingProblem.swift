/// Why a text is no value; completes the sentence "the setting …".
struct SettingProblem: Error {
  let sentence: String
  /// Which of several values it is about, from 0 on.
  let entry: Int?

  init(_ sentence: String, entry: Int? = nil) {
    self.sentence = sentence
    self.entry = entry
  }

  /// Of a value that is made of keys and values.
  init(_ sentence: String, inEntry index: Int, of count: Int) {
    self.init("has a fault in \(count > 1 ? "entry \(index + 1)" : "the entry"): \(sentence)", entry: index)
  }
}
