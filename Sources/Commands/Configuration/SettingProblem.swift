/// Why a text is no value; completes the sentence "the setting …".
struct SettingProblem: Error {
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}
